"""Knowledge: notes and the folders they lie in."""

from datetime import datetime
from typing import Literal

from attrs import frozen

from devin_async.base.markers import Open
from devin_async.models.model import Model


@frozen(kw_only=True)
class KnowledgeNote(Model):
    """A note that Devin recalls when its trigger fits.

    Attributes:
        trigger: When to recall it, in words.
        access_type: Whether it belongs to one organization or to the whole enterprise.
        org_id: Its organization; None when it belongs to the enterprise.
        pinned_repo: Repository that always recalls it.
        macro: Shortcut that recalls it by name.
    """

    note_id: str
    name: str
    body: str
    trigger: str
    is_enabled: bool
    access_type: Open[Literal["enterprise", "org"]]
    folder_path: str
    created_at: datetime
    updated_at: datetime
    folder_id: str | None = None
    org_id: str | None = None
    pinned_repo: str | None = None
    macro: str | None = None


@frozen(kw_only=True)
class KnowledgeFolder(Model):
    """A folder of notes; `note_count` counts those that lie in it directly."""

    folder_id: str
    name: str
    path: str
    note_count: int
    parent_folder_id: str | None = None


@frozen(kw_only=True)
class KnowledgeFolders(Model):
    """All folders; `root_note_count` counts the notes that lie in none."""

    folders: list[KnowledgeFolder]
    root_note_count: int
