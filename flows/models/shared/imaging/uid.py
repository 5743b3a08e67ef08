"""UIDs that follow from what they name."""

import hashlib


class ContentUid:
    """Makes UIDs below 2.25 (PS3.5 B.2) from a hash of content: the same content, the same UIDs."""

    def __init__(self, *parts):
        self._hash = hashlib.sha256()
        self.add(*parts)

    def add(self, *parts):
        """Takes more content in: texts or bytes."""
        for part in parts:
            self._hash.update(part if isinstance(part, bytes) else str(part).encode())
            self._hash.update(b"\0")

    def uid(self, name):
        """The UID of something named `name` with the content so far."""
        digest = self._hash.copy()
        digest.update(name.encode())
        return f"2.25.{int.from_bytes(digest.digest()[:16], 'big')}"
