"""What differs between two versions of a directory file's content, by the entries that people edit."""

from collections.abc import Iterator, Mapping

from calls.directory.parsing import SECTIONS


def changes(before: object, after: object) -> tuple[str, ...]:
    """The paths that differ, such as "people.dana added" or "departments.sales changed". () when the content is equal.

    Both are a file's content as YAML gives it.
    """
    old, new = (one if isinstance(one, Mapping) else {} for one in (before, after))
    return tuple(_changes(old, new))


def _changes(old: Mapping[object, object], new: Mapping[object, object]) -> Iterator[str]:
    for name in dict.fromkeys((*old, *new)):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if name in SECTIONS and isinstance(before or {}, Mapping) and isinstance(after or {}, Mapping):
            yield from _entries(str(name), before or {}, after or {})
        else:
            yield _told(str(name), name in old, name in new)


def _entries(section: str, before: object, after: object) -> Iterator[str]:
    assert isinstance(before, Mapping)
    assert isinstance(after, Mapping)
    for key in dict.fromkeys((*before, *after)):
        if before.get(key) != after.get(key) or (key in before) != (key in after):
            yield _told(f"{section}.{key}", key in before, key in after)


def _told(path: str, was: bool, now: bool) -> str:
    return f"{path} {'changed' if was and now else 'added' if now else 'removed'}"
