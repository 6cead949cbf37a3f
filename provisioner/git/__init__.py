"""Git, as far as a Sovereign needs it: one commit of one repository, read without a work tree."""

from provisioner.git.address import Address
from provisioner.git.credentials import GitCredentials
from provisioner.git.reading import Repository, repository

__all__ = ["Address", "GitCredentials", "Repository", "repository"]
