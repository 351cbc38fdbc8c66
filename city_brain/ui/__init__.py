"""Streamlit components: everything that is drawn on more than one page, and what a session knows."""
