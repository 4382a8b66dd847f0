"""Write the scripts anew: `python -m devin_async.cli.completions`."""

from pathlib import Path
from typing import Literal

from devin_async.cli.app import app

SHELLS: tuple[Literal["bash", "zsh", "fish"], ...] = ("bash", "zsh", "fish")

if __name__ == "__main__":
    for shell in SHELLS:
        script = app.generate_completion(shell=shell).rstrip("\n")
        Path(__file__).with_name(f"devin-async.{shell}").write_text(f"{script}\n", encoding="utf-8")
