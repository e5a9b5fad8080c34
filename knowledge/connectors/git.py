"""A branch of a git repository, kept as a copy beside the index and read like a folder."""

import base64
import logging
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import date, datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ConfigDict, Field

from knowledge.connectors.connector import Fetched, Listed, Skip
from knowledge.connectors.folder import Folder
from knowledge.connectors.mark import mark
from knowledge.connectors.secret import secret
from knowledge.errors import SourceError, SourceUnavailable

_log = logging.getLogger(__name__)

_LINK = "120000"  # the mode of a symbolic link, and below that of another repository
_MODULE = "160000"
# A repository is read, never run: no hooks, no links, no filters, no transports but the plain ones.
_CONFIG = {
    "core.hooksPath": os.devnull,
    "core.symlinks": "false",
    "core.autocrlf": "false",
    "core.quotePath": "false",
    "core.fsmonitor": "false",
    "filter.lfs.smudge": "",
    "filter.lfs.process": "",
    "filter.lfs.required": "false",
    "protocol.ext.allow": "never",
}
_REFUSED = ("Authentication failed", "could not read Username", "Permission denied", "could not read Password", "403")
_WRONG = ("does not appear to be a git repository", "not found", "couldn't find remote ref", "does not exist")


class GitOptions(BaseModel):
    """What a repository can be told in sources.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(pattern=r"^[^-\s]\S*$", description="Address of the repository, as for git clone.")
    branch: str = Field(default="", pattern=r"^([^-\s]\S*)?$", description="Empty: the repository's main branch.")
    folder: str = Field(default="", description="Folder inside it that holds the pages, such as docs.")
    page_url: str = Field(default="", description="Where readers find a page: {path} and {stem} stand for its place.")
    user: str = Field(default="git", description="User for token_env.")
    token_env: str = Field(default="", description="Environment variable that holds a token, for https addresses.")
    seconds: float = Field(default=300, gt=0, description="Longest time that one git command may take (seconds).")
    retries: int = Field(default=2, ge=0, le=10, description="How often a fetch is tried again (count).")
    page_limit: int = Field(default=2_000_000, ge=1, description="Largest file that is read (bytes).")

    def open(self, name: str, folder: Path) -> "Git":
        """The repository as a source; its copy stands in `folder`. Raises SourceError where the token is missing."""
        return Git(name, self, folder)


class Git:
    """Pages by their path below the folder; a file's blob is its version, its last commit its date."""

    def __init__(self, name: str, options: GitOptions, folder: Path) -> None:
        self.name = name
        self.address = options.url
        self._options = options
        self._copy = folder / "repository"
        self._folder = Folder(self._copy / options.folder, page_limit=options.page_limit, name=name)
        self._token = secret(options.token_env, name) if options.token_env else ""

    def pages(self) -> Iterator[Listed | Skip]:
        """Every file of the newest commit that may be a page. Links and other repositories are passed over."""
        self.__dict__.pop("_dates", None)
        self._fetch()
        blobs, links = self._tree()
        for entry in self._folder.pages():
            if isinstance(entry, Skip):
                yield entry
            elif entry.key in links:
                yield Skip(entry.key, "it is a link to another file.")
            elif entry.key in blobs:
                yield Listed(entry.key, f"{blobs[entry.key]} {mark(self._options)}")

    def read(self, listed: Listed) -> Fetched:
        """The file of the commit that was listed."""
        file = self._folder.read(listed)
        return Fetched(
            listed.key, file.data, file.media, url=self._page_url(listed.key), updated=self._dates.get(listed.key)
        )

    def close(self) -> None:
        """Nothing is held; the copy stays for the next time."""

    def _fetch(self) -> None:
        try:
            self._update()
        except _Damaged:
            _log.info("%s is damaged and is fetched anew", self._copy)
            shutil.rmtree(self._copy)
            self._update()
        if not self._folder.path.is_dir():
            raise SourceUnavailable(f"{self.address} has no folder {self._options.folder}: check source '{self.name}'.")

    def _update(self) -> None:
        """Make the copy equal to the newest commit."""
        self._copy.mkdir(parents=True, exist_ok=True)
        self._git("init", "--quiet")
        self._git("config", "remote.origin.url", self._options.url)
        # Old versions of files are never needed, but their commits are, for the dates.
        self._git("config", "remote.origin.promisor", "true")
        self._git("config", "remote.origin.partialclonefilter", "blob:none")
        wanted = f"refs/heads/{self._options.branch}" if self._options.branch else "HEAD"
        for attempt in range(self._options.retries + 1):
            try:
                self._git("fetch", "--quiet", "--no-tags", "--filter=blob:none", "origin", wanted)
                self._git("reset", "--quiet", "--hard", "FETCH_HEAD")  # fetches the files that are new
                break
            except _Passing as error:
                if self._answers(wanted):
                    raise _Damaged(f"The copy of {self.address} is damaged: delete {self._copy}.") from error
                if attempt == self._options.retries:
                    raise
                time.sleep(0.5 * 2**attempt)
        self._git("clean", "--quiet", "-ffdx")

    def _answers(self, wanted: str) -> bool:
        """Whether the repository itself can be reached."""
        try:
            return bool(self._git("ls-remote", "--quiet", "origin", wanted))
        except SourceUnavailable:
            return False

    def _tree(self) -> tuple[dict[str, str], set[str]]:
        """The blob of every file by its key, and the keys of links."""
        blobs, links = {}, set()
        for line in self._git("ls-tree", "-r", "-z", f"HEAD:{self._options.folder}").split("\0"):
            kind, _, path = line.partition("\t")
            if path and not kind.startswith(_MODULE):
                mode, _, blob = kind.split()
                if mode == _LINK:
                    links.add(path)
                else:
                    blobs[path] = blob
        return blobs, links

    @cached_property
    def _dates(self) -> dict[str, date]:
        """The day of the last commit that changed a file, by key. A file that only moved keeps its day."""
        log = self._git("log", "--format=%x01%cI", "--name-status", "-M100%", "HEAD", "--", self._options.folder or ".")
        dates: dict[str, date] = {}
        names: dict[str, str] = {}  # of moved files: the name now, by the name then
        day = date.min
        for line in log.split("\n"):
            if line.startswith("\x01"):
                day = datetime.fromisoformat(line[1:]).date()
            elif line.startswith("R"):
                _, old, new = line.split("\t")
                if (now := names.pop(new, new)) not in dates:
                    names[old] = now
            elif line:
                path = line.split("\t")[1]
                dates.setdefault(names.pop(path, path), day)
        prefix = f"{self._options.folder.strip('/')}/" if self._options.folder else ""
        return {path.removeprefix(prefix): day for path, day in dates.items()}

    def _page_url(self, key: str) -> str | None:
        path = quote(str(PurePosixPath(self._options.folder, key)))
        template = self._options.page_url or _web_address(self._options.url, self._options.branch or "HEAD")
        stem = quote(str(PurePosixPath(key).with_suffix("")))
        return template.replace("{path}", path).replace("{stem}", stem) or None

    def _git(self, *arguments: str) -> str:
        """What git prints. Raises SourceUnavailable with a sentence."""
        try:
            done = subprocess.run(  # noqa: S603 (no shell; the address cannot be an option)
                ["git", *arguments],  # noqa: S607 (the git of this machine)
                cwd=self._copy,
                env=self._environment(),
                capture_output=True,
                timeout=self._options.seconds,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise _Passing(f"{self.address} did not answer within {self._options.seconds:g} seconds.") from error
        except FileNotFoundError as error:
            raise SourceError("The program git is not installed: install it to read repositories.") from error
        if done.returncode:
            raise self._failure(done.stderr.decode(errors="replace"), arguments[0])
        return done.stdout.decode(errors="surrogateescape")

    def _failure(self, said: str, command: str) -> SourceUnavailable:
        _log.info("git %s: %s", command, said)
        if any(words in said for words in _REFUSED):
            return SourceUnavailable(f"{self.address} refuses access: check the token or key of source '{self.name}'.")
        if any(words in said for words in _WRONG):
            return SourceUnavailable(
                f"{self.address} has no such repository or branch: check url and branch of source '{self.name}'."
            )
        if command not in {"fetch", "reset", "ls-remote"}:
            return _Damaged(f"The copy of {self.address} is damaged: delete {self._copy}.")
        return _Passing(f"{self.address} cannot be fetched: check the address and the network.")

    def _environment(self) -> dict[str, str]:
        config = dict(_CONFIG)
        if self._token:
            login = base64.b64encode(f"{self._options.user}:{self._token}".encode()).decode()
            config[f"http.{_origin(self._options.url)}.extraHeader"] = f"Authorization: Basic {login}"
        numbered = {
            f"GIT_CONFIG_{part}_{number}": value
            for number, setting in enumerate(config.items())
            for part, value in zip(("KEY", "VALUE"), setting, strict=True)
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        return {
            **inherited,
            **numbered,
            "GIT_CONFIG_COUNT": str(len(config)),
            # Named, so that git never takes a repository around it for the copy.
            "GIT_DIR": str(self._copy.absolute() / ".git"),
            "GIT_WORK_TREE": str(self._copy.absolute()),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=20",
            "LC_ALL": "C.UTF-8",
        }


class _Passing(SourceUnavailable):
    """A failure that may be gone the next time."""


class _Damaged(SourceUnavailable):
    """The copy cannot be used: a disk fault, or git was stopped in the middle of it."""


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _web_address(url: str, branch: str) -> str:
    """Where GitHub and GitLab show a file; '' for other hosts."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    base = f"https://{host}{parts.path.rstrip('/').removesuffix('.git')}"
    if parts.scheme != "https":
        return ""
    if host == "github.com":
        return f"{base}/blob/{branch}/{{path}}"
    return f"{base}/-/blob/{branch}/{{path}}" if host.startswith("gitlab.") else ""
