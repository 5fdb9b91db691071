"""The account by which the office uses the authority's database: its tests have to do with its rights."""

from sqlalchemy.engine import make_url

from authority.rights import create_grants
from authority.usecases.grant_office import TABLES
from serving.database import Database, migrate

ROLE = "pdx-office"


def office_url(url: str) -> str:
    """The same database for the office: on PostgreSQL by an account with the printed rights alone."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return url
    owner = Database(url)
    migrate(owner, "authority")
    with owner.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        schema = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
        connection.exec_driver_sql(
            f'DO $$ BEGIN CREATE ROLE "{ROLE}" LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$'
        )
        connection.exec_driver_sql(create_grants(TABLES, ROLE, schema=schema))
    owner.close()
    return parsed.set(username=ROLE).render_as_string(hide_password=False)
