"""The jobs that people do, as programs: each against a sandbox, with what goes wrong on purpose."""

from pathlib import Path

from test_examples import run

from devin_async import DevinClient
from devin_async.sandbox import Sandbox


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(exist_ok=True)
        path.with_suffix(".txt" if name == "secrets" else ".md").write_text(text)


async def test_a_folder_is_kept_in_step_plan_first_and_the_enterprises_is_left_alone(tmp_path):
    write(
        tmp_path,
        playbooks__Deploy="Deploy it.\n",
        notes__Style="When code is written\nUse tabs.\n",
        secrets="TOKEN\n",
    )
    async with Sandbox(organizations=1) as sandbox:
        org_id = sandbox.organization_ids[0]
        async with DevinClient(sandbox.token, base_url=sandbox.url) as devin:
            org = devin.organization(org_id)
            for one in [one async for one in org.playbooks.list()]:
                await org.playbooks.delete(one.playbook_id)
            for note in [one async for one in org.knowledge.list() if one.access_type == "org"]:
                await org.knowledge.delete(note.note_id)
            await devin.enterprise.playbooks.create("Ours", body="For all.")
            await org.playbooks.create("Old", body="Gone.")
            environment = {"DEVIN_ORG_ID": org_id, "TOKEN": "a value"}

            async def sync(*arguments: str) -> list[str]:
                code, output, errors = await run(
                    "folder_sync", sandbox, arguments=(str(tmp_path), *arguments), **environment
                )
                assert (code, errors) == (0, "")
                return output.splitlines()

            plan = ["create playbook Deploy", "delete playbook Old"]
            plan += ["create note Style", "create secret TOKEN"]
            for _ in range(2):  # the plan alone changes nothing
                assert await sync() == [f"would {step}" for step in plan]
            assert await sync("--apply") == plan
            assert await sync("--apply") == []
            write(tmp_path, playbooks__Deploy="Deploy it twice.\n")
            assert await sync("--apply") == ["change playbook Deploy"]
            titles = {one.title async for one in devin.enterprise.playbooks.list()}
            assert "Ours" in titles
