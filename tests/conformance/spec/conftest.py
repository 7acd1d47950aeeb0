# SPDX-License-Identifier: MIT
# The spec as the generator reads it, for every test here.

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "abi" / "generate"))

import spec as spec_module      # noqa: E402


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def spec():
    return spec_module.load(ROOT / "abi" / "spec")
