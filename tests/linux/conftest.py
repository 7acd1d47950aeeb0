# SPDX-License-Identifier: MIT
"""The long tests share what the system tests boot with."""
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
