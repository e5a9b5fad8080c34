"""What a wiki wrote out: a folder, or a zip file, which may hold further zip files."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from knowledge.errors import PageSkipped, SourceError, SourceUnavailable

_INNER = 2_000_000_000  # bytes; largest zip file within a zip file


class Export:
    """Files by their path, with '/' between folders. What is in an inner zip file counts as beside it."""

    def __init__(self, path: Path, page_limit: int) -> None:
        self._path = path
        self._page_limit = page_limit  # bytes
        self._archives: list[zipfile.ZipFile] = []
        self._members: dict[str, tuple[zipfile.ZipFile, zipfile.ZipInfo]] = {}

    def files(self) -> Iterator[tuple[str, str]]:
        """Path and version of every file; '' in a folder, where only reading tells.

        Raises SourceError where there is no export, SourceUnavailable for one that is not whole.
        """
        self.close()
        if self._path.is_dir():
            found = (path for path in self._path.rglob("*") if path.is_file() and not path.is_symlink())
            yield from sorted((path.relative_to(self._path).as_posix(), "") for path in found)
        elif self._path.is_file():
            try:
                self._add(zipfile.ZipFile(self._path))
            except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
                raise SourceUnavailable(f"{self._path} is not a whole zip file: export it again.") from error
            for path, (_, info) in sorted(self._members.items()):
                yield path, f"{info.CRC:08x}-{info.file_size}"
        else:
            raise SourceError(f"There is no file or folder {self._path}: check the path.")

    def read(self, path: str) -> bytes:
        """One file. Raises PageSkipped."""
        try:
            archive, info = self._members.get(path, (None, None))
            size = info.file_size if info else (self._path / path).stat().st_size
            if size > self._page_limit:
                raise PageSkipped(f"it has {size:,} bytes, more than the limit of {self._page_limit:,} (page_limit).")
            return archive.read(info) if archive and info else (self._path / path).read_bytes()
        except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise PageSkipped("it cannot be read from the export.") from error

    def close(self) -> None:
        """Close the zip files."""
        for archive in self._archives:
            archive.close()
        self._archives.clear()
        self._members.clear()

    def _add(self, archive: zipfile.ZipFile, *, inner: bool = False) -> None:
        self._archives.append(archive)
        for info in archive.infolist():
            if info.filename.endswith(".zip") and not inner and info.file_size <= _INNER:
                self._add(zipfile.ZipFile(io.BytesIO(archive.read(info))), inner=True)
            elif not info.is_dir():
                self._members.setdefault(info.filename, (archive, info))
