"""The page about the architecture: its tree is the folder, its order is the linter's."""

import re
import tomllib
from pathlib import Path

import devin_async

PACKAGE = Path(devin_async.__file__).parent
ROOT = Path(__file__).parents[2]
TREE = re.findall(r"^[├└]── (\S+)", (ROOT / "docs" / "architecture.md").read_text(), re.MULTILINE)


def test_the_tree_on_the_page_is_the_folder():
    entries = {
        f"{path.name}/" if path.is_dir() else path.name
        for path in PACKAGE.iterdir()
        if path.name != "__pycache__"
    }
    assert sorted(TREE) == sorted(entries)


def test_the_top_of_the_package_is_short_enough_to_read():
    assert len(TREE) <= 26


def test_the_tree_is_in_the_order_of_the_layers():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = next(one["layers"] for one in contracts["contracts"] if one["type"] == "layers")
    floors = [re.split(r"\s*[:|]\s*", layer) for layer in layers]
    assert len(floors) <= 13
    floor_of = {room: number for number, rooms in enumerate(floors) for room in rooms}
    names = [entry.removesuffix("/").removesuffix(".py") for entry in TREE]
    numbers = [floor_of[name] for name in names if name in floor_of]
    assert numbers == sorted(numbers)
