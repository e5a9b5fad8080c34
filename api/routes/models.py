"""The models that runs may name."""

from typing import Annotated

from fastapi import APIRouter, Path

from api import errors
from api.auth import Chatter
from api.bodies import ModelList, ModelView
from api.errors import ProblemError, error_responses
from api.models import DEFAULT, is_allowed
from api.state import AppState, StateDependency

router = APIRouter(prefix="/v1", tags=["models"], responses=error_responses(errors.UNAUTHORIZED, errors.FORBIDDEN))


@router.get("/models", summary="List models")
async def models(state: StateDependency, caller: Chatter) -> ModelList:
    """Every model that a request may name, with what to know about it; the default one first."""
    return ModelList(data=await _views(state))


@router.get(
    "/models/{model_id:path}",
    summary="Look up a model",
    responses=error_responses(errors.MODEL_UNKNOWN, errors.INVALID),
)
async def model(
    state: StateDependency,
    caller: Chatter,
    model_id: Annotated[str, Path(description="Id of the model, or `deskmate`.", examples=["offline"])],
) -> ModelView:
    """One of the models; `deskmate` is the default one by another name."""
    views = await _views(state)
    if model_id == DEFAULT:
        return views[0].model_copy(update={"id": DEFAULT})
    for view in views:
        if view.id == model_id:
            return view
    raise ProblemError(
        errors.MODEL_UNKNOWN, f"There is no model {model_id!r} here; GET /v1/models lists those there are."
    )


async def _views(state: AppState) -> list[ModelView]:
    """The models that requests may name, the default one first."""
    return [
        ModelView(id=model.id, created=state.started, owned_by=model.kind, note=model.note, default=model.default)
        for model in await state.service.models()
        if is_allowed(model.id, state.settings.models, state.service.model)
    ]
