"""`/healthz` and `/readyz`: for the one who operates the service; no key needed, nothing private shown."""

import asyncio

from fastapi import APIRouter, Response
from sqlalchemy.exc import SQLAlchemyError

from api.bodies import Check, Healthy, Ready
from api.state import AppState, StateDependency
from knowledge.errors import KnowledgeError

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> Healthy:
    """Answers as long as the process does; looks at nothing else."""
    return Healthy()


@router.get(
    "/readyz", summary="Can customers be answered?", responses={503: {"model": Ready, "description": "Not ready"}}
)
async def readyz(state: StateDependency, response: Response) -> Ready:
    """Looks at the index, the database and the model. 503 with the same body where something is missing."""
    checks = dict(
        zip(
            ("index", "database", "model"),
            await asyncio.gather(_index(state), _database(state), _model(state)),
            strict=True,
        )
    )
    ready = all(check.ok for check in checks.values())
    response.status_code = 200 if ready else 503
    return Ready(status="ready" if ready else "not_ready", checks=checks)


async def _index(state: AppState) -> Check:
    try:
        found = await asyncio.to_thread(state.service.index.collections)
    except KnowledgeError:
        return Check(ok=False, detail="The index cannot be read; the command line says why: deskmate search TEXT")
    pages = sum(collection.pages for collection in found)
    names = ", ".join(collection.name for collection in found)
    return Check(ok=pages > 0, detail=f"{pages} pages in: {names or 'no wiki yet; add one with deskmate ingest'}.")


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
    """Whether the default model is still there: Ollama may have gone since the start."""
    default = state.service.model
    there = any(model.id == default for model in await state.service.models())
    return Check(ok=there, detail=f"{default} {'answers' if there else 'cannot be reached'}.")
