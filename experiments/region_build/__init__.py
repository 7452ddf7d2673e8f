"""A region pack for any set of English local authorities, made from official files as they are published."""

from experiments.region_build.build import Built, build_region

__all__ = ["Built", "build_region"]
