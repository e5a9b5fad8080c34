"""`/healthz` and `/readyz`: for the one who operates the service; no key needed, nothing private shown."""

import asyncio

from fastapi import APIRouter
from sqlalchemy.exc import SQLAlchemyError

from api import errors
from api.bodies import Check, Healthy, Ready
from api.errors import FieldError, ProblemError, error_responses
from api.state import AppState, StateDependency
from knowledge.errors import KnowledgeError

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> Healthy:
    """Answers as long as the process does; looks at nothing else."""
    return Healthy()


@router.get("/readyz", summary="Can customers be answered?", responses=error_responses(errors.UNAVAILABLE))
async def readyz(state: StateDependency) -> Ready:
    """Looks at the index, the database and the model. 503 with `errors` for each of them that is missing."""
    found = await asyncio.gather(_index(state), _database(state), _model(state))
    checks = dict(zip(("index", "database", "model"), found, strict=True))
    missing = [FieldError(field=name, message=check.detail) for name, check in checks.items() if not check.ok]
    if missing:
        detail = f"Not ready. {' '.join(error.message for error in missing)}"
        raise ProblemError(errors.UNAVAILABLE, detail, headers={"Retry-After": "5"}, fields=missing)
    return Ready(checks=checks)


async def _index(state: AppState) -> Check:
    try:
        found = await asyncio.to_thread(state.service.index.collections)
    except KnowledgeError:
        return Check(ok=False, detail="The index cannot be read; deskmate search says why.")
    pages = sum(collection.pages for collection in found)
    if not pages:
        return Check(ok=False, detail="No wiki is indexed yet; add one with deskmate ingest.")
    wikis = "1 wiki" if len(found) == 1 else f"{len(found)} wikis"  # not their names: nobody has shown a key
    return Check(ok=True, detail=f"{pages} pages in {wikis}.")


async def _database(state: AppState) -> Check:
    try:
        await asyncio.to_thread(_write_nothing, state)
    except SQLAlchemyError:
        return Check(ok=False, detail="The database cannot be written.")
    return Check(ok=True, detail="The database can be written.")


def _write_nothing(state: AppState) -> None:
    with state.service.database.write() as session:
        session.connection()  # takes the write lock


async def _model(state: AppState) -> Check:
    """Whether the default model can be asked: its server may have gone since the start. Addresses are not shown."""
    default = state.service.model
    red = [check.name for check in await state.service.models_registry.ready() if not check.ok]
    if red:
        return Check(ok=False, detail=f"{default} cannot be asked ({', '.join(red)}). Find out why: deskmate doctor")
    return Check(ok=True, detail=f"{default} can be asked.")
