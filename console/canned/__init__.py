"""Canned queries: the SQL files of `queries/`, found, checked and held."""

from console.canned.catalog import Catalog, load_catalog
from console.canned.header import parse_query
from console.canned.param import Param
from console.canned.query import CannedQuery, Raising
from console.canned.values import bind, parse_value
from console.places import locate_queries

__all__ = [
    "CannedQuery",
    "Catalog",
    "Param",
    "Raising",
    "bind",
    "load_catalog",
    "locate_queries",
    "parse_query",
    "parse_value",
]
