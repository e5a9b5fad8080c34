"""The HTTP application: the routes, and what surrounds every one of them."""

from importlib.metadata import version

from fastapi import FastAPI

from api import problems
from api.headers import SecurityHeaders
from api.limits import BodyLimit
from api.mcp.door import Door
from api.openapi import DESCRIPTION, DeskmateApi
from api.routes import completions, health, knowledge, models, page, runs, session, threads, tickets
from api.state import AppState


def create_app(state: AppState) -> FastAPI:
    """The application around an open agent service. Closing the service is left to the caller."""
    door = Door(state, version("deskmate"))
    app = DeskmateApi(
        title="Deskmate",
        version=version("deskmate"),
        description=DESCRIPTION,
        docs_url=None,  # its page loads scripts from elsewhere, which the security headers forbid
        redoc_url=None,
        openapi_tags=TAGS,
        lifespan=door.open,
    )
    app.state.deskmate = state
    problems.install(app)
    for module in (health, session, threads, runs, completions, tickets, knowledge, models, page):
        app.include_router(module.router)
    app.mount("/mcp", door)
    app.add_middleware(BodyLimit, limit=state.settings.body_limit)
    app.add_middleware(SecurityHeaders)  # added last: outermost
    return app


TAGS = [
    {"name": "threads", "description": "Conversations."},
    {"name": "runs", "description": "Messages to the agent, and what it does about them."},
    {"name": "completions", "description": "The agent for clients that speak OpenAI's protocol."},
    {"name": "tickets", "description": "The ticket desk, as the caller may see it."},
    {"name": "knowledge", "description": "The wikis that answers are taken from."},
    {"name": "models", "description": "What may answer."},
    {"name": "session", "description": "Who the caller is."},
    {"name": "health", "description": "For whoever operates the service."},
]
