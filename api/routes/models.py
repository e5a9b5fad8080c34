"""The models that runs may name."""

from fastapi import APIRouter

from api import errors
from api.auth import Chatter
from api.bodies import ModelList, ModelView
from api.errors import error_responses
from api.state import StateDependency

router = APIRouter(prefix="/v1", tags=["models"], responses=error_responses(errors.UNAUTHORIZED, errors.FORBIDDEN))


@router.get("/models", summary="List models")
async def models(state: StateDependency, caller: Chatter) -> ModelList:
    """Every model that a run may name, with what to know about it."""
    data = [
        ModelView(id=model.id, created=state.started, owned_by=model.kind, note=model.note, default=model.default)
        for model in await state.service.models()
    ]
    return ModelList(data=data)
