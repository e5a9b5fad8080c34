"""The bench measures what it says on pages that are the same every time."""

from knowledge import bench
from knowledge.connectors.connector import Listed


def test_a_small_bench_has_every_figure() -> None:
    seen: list[str] = []
    found = bench.bench(20, lambda done, total, label: seen.append(label), embedded=2)
    small, large = found.sizes
    assert (small.pages, small.chunks, large.pages, large.chunks) == (2, 20, 20, 200)
    assert (small.resync_embedded, large.resync_embedded) == (0, 0)
    assert min(large.edit.p50, large.exact.p50, large.chroma.p50, found.embedded_pages_per_second) > 0
    assert {"edits", "searches"} < set(seen)


def test_pages_are_the_same_every_time_and_an_edit_changes_one_section() -> None:
    source = bench.Generated(2)
    before = source.read(Listed("1.md")).data
    assert bench.Generated(2).read(Listed("1.md")).data == before
    source.edits[1] += 1
    after = source.read(Listed("1.md")).data
    assert sum(a != b for a, b in zip(before.split(b"\n\n"), after.split(b"\n\n"), strict=True)) == 1
