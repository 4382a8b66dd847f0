"""By which field a fan-out tells the rows of each list of the API from one another."""

import importlib
import pkgutil

from devin_async import resources
from devin_async.lists.identity import id_field_of
from devin_async.protocol.endpoints import Endpoint

WITHOUT_ID = {
    "AcuLimit",
    "ActiveUsers",
    "ConsumptionCycle",
    "IdpGroup",
    "RegisteredIdpGroup",
    "Repository",
    "RepositoryIndexing",
    "str",
}
IDS_OF_OTHER_NAMES = {
    "BlueprintFile": "file_id",
    "CodeScan": "scan_id",
    "CodeScanFinding": "finding_id",
    "CodeScanProfile": "profile_id",
    "GitConnectionRepository": "provider_repository_id",
    "GuardrailViolation": "violation_id",
    "IdpUser": "user_id",
    "KnowledgeNote": "note_id",
    "SecurityProfile": "profile_id",
    "Schedule": "scheduled_session_id",
    "SessionInsights": "session_id",
    "SessionMessage": "event_id",
    "SessionAttachment": "attachment_id",
    "SessionEvent": "event_id",
    "SessionEventDetail": "event_id",
    "SessionEventMatch": "event_id",
    "StoredSecret": "secret_id",
    "UsageTier": "tier_id",
    "Organization": "org_id",
}


def listed_models():
    for module in pkgutil.iter_modules(resources.__path__):
        for owner in vars(importlib.import_module(f"{resources.__name__}.{module.name}")).values():
            for endpoint in vars(owner).values() if isinstance(owner, type) else ():
                if isinstance(endpoint, Endpoint) and endpoint.paging:
                    yield endpoint.answer


def words_of(name):
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in name).removeprefix("_")


def test_each_list_has_rows_known_by_their_own_id_or_by_all_of_it():
    id_fields = {model.__name__: id_field_of(model) for model in listed_models()}
    assert {name for name, field in id_fields.items() if field is None} == WITHOUT_ID
    assert {name: field for name, field in id_fields.items() if field is not None} == {
        name: IDS_OF_OTHER_NAMES.get(name, f"{words_of(name)}_id")
        for name, field in id_fields.items()
        if field is not None
    }
