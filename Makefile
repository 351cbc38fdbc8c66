# make run | test | unit | browser | check | docs | bench
.PHONY: run test unit browser check docs bench
run:      ; streamlit run app.py
test:     ; pytest
unit:     ; pytest -m "not browser and not slow"
browser:  ; pytest -m browser
check:    ; ruff check . && ruff format --check . && mypy && pytest
docs:     ; python -m docs.generate
bench:    ; python -m benchmarks
