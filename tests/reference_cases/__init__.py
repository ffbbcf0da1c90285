"""Numeric reference cases: ``python -m tests.reference_cases DIR`` compares rpn_zoo with them.

``cases.py`` reads them, ``adapters.py`` evaluates them with rpn_zoo (one function per family),
``compare.py`` compares numbers, ``runner.py`` counts and reports.
"""
