"""The server: console pages, HTTP routes and the background clock, in one process.

Run it with ``streamlit run app.py``. The main script is ``pages/_frame.py``; its underscore says
"not a page".
"""

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit import config

from city_brain.drills import desk as drills
from city_brain.service import address, basemap, keeper, routes
from city_brain.start import home
from city_brain.text import Text, language_of

HOME, TOKEN = home(), address.new_token()


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Open the city beside the starting server, say where it listens, and let the simulated city live."""
    stop = threading.Event()
    url = f"http://127.0.0.1:{config.get_option('server.port')}"
    keeping = threading.Thread(target=keeper.keep, args=(HOME, stop), name="keeper", daemon=True)
    keeping.start()
    threading.Thread(target=address.announce_once_listening, args=(HOME.settings, url, TOKEN, stop), name="announce", daemon=True).start()
    try:
        yield
    finally:
        stop.set()
        address.withdraw(HOME.settings)
        drills.of(HOME).close()
        keeping.join(timeout=10)
        HOME.close()


def log_error(error: Exception) -> bool:
    """A bug on a page: the trace goes to the log, the page says so without one (and without links to anywhere)."""
    logging.getLogger("city_brain").error("page failed", exc_info=error)
    st.error(Text(language_of(st.context.locale))("frame.bug"))
    return True


app = st.App("pages/_frame.py", lifespan=lifespan, routes=[*routes.routes(HOME, TOKEN), *basemap.routes(HOME)], on_script_error=log_error)
