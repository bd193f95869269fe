"""The twin of netbox's roles for Python: PROGRAM ROLE HOST PORT."""
import sys


def run(**roles):
    role, host, port = sys.argv[1:]
    roles[role](host, int(port))
