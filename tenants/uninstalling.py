"""Leaving, and changing one's mind: the install ends at once, its data on its day."""

from tenants.erasure import Erasure, ErasureKind, Erasures
from tenants.installs import Installs, InstallState
from tenants.people import Person, Workspace


def remove_person(installs: Installs, erasures: Erasures, person: Person, workspace: Workspace, by: Person) -> Erasure:
    """His own install, where he has one: what he has by his company stays. Else all of him."""
    install = installs.of_person(person.id)
    if install is None or install.state is not InstallState.ACTIVE:
        return erasures.ask_person(person, workspace.id, by)
    return erasures.ask_individual(person, install.workspace_id, installs.end_individual(person.id))


def remove_company(installs: Installs, erasures: Erasures, workspace: Workspace, by: Person) -> Erasure:
    """Its install; its people's own ones stay."""
    return erasures.ask_workspace(workspace, by, installs.end_domain(workspace.id))


def call_off(installs: Installs, erasures: Erasures, erasure: Erasure) -> bool:
    """False: too late."""
    if erasures.call_off(erasure.id) is None:
        return False
    if erasure.kind is ErasureKind.WORKSPACE and erasure.workspace_id is not None:
        installs.resume_domain(erasure.workspace_id)
    if erasure.kind is ErasureKind.INDIVIDUAL and erasure.person_id is not None:
        installs.resume_individual(erasure.person_id)
    return True
