"""Tests of the rehearsed world, without sockets and programs."""
