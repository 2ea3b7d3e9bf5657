"""What can go wrong with the records.

* DatabaseError
  + DatabaseTooNew     written by a later version of the program
  + DatabaseDamaged    the file fails its integrity check
  + DatabaseInUse      another process has the file
  + DatabaseUnreachable  the file or server cannot be opened
* SyncError
  + HubUnreachable     no answer, or a fault on its side; try again later
  + HubRefused         the hub knows us not; a person must act
    - StationTooOld    it no longer speaks our version of the messages
    - HubTooOld        it does not speak it yet
    - StationUnpaired  it knows no token of ours, or we have none: pair the station again
    - StationRevoked   a librarian has ended the station's trust: it forgets what it knows
    - HubStranger      somebody else answers at the hub's address, or on the way to it
"""

from __future__ import annotations


class DatabaseError(Exception):
    """The records cannot be used."""


class DatabaseTooNew(DatabaseError):
    """The file was written by a later version of the program."""


class DatabaseDamaged(DatabaseError):
    """The file fails its integrity check."""


class DatabaseInUse(DatabaseError):
    """Another process works with the file; two may not write it (decision 0002)."""


class DatabaseUnreachable(DatabaseError):
    """The file or the server cannot be opened: folder, permission, disk or network."""


class SyncError(Exception):
    """Events could not be handed to the hub; they stay in the outbox."""


class HubUnreachable(SyncError):
    """The hub gave no answer; trying again later may help."""


class HubRefused(SyncError):
    """The hub answered no; trying again does not help until a person acts."""


class StationTooOld(HubRefused):
    """The hub no longer speaks this station's version of the messages: update the station."""


class HubTooOld(HubRefused):
    """The hub does not speak this station's version of the messages yet: update the hub."""


class StationUnpaired(HubRefused):
    """The hub knows no token of this station, or there is none: pair it again."""


class StationRevoked(HubRefused):
    """A librarian has ended the hub's trust in this station."""


class HubStranger(HubRefused):
    """Whoever answers is not certified by the authority that this station was paired with."""
