"""About (关于): the lifecycle drawn from its table, the data and their terms, versions, health, keys and addresses."""

from city_brain.ui import about, session

about.show(session.city(), session.viewer())
