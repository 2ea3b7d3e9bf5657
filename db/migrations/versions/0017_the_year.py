"""The library's year: plan, team, activities, meetings, equipment."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activity",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("led_by", sa.String(length=100), nullable=False),
        sa.Column("lesson", sa.Integer(), nullable=True),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.Column("books", sa.String(length=300), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.create_index("activities_by_day", "activity", ["school_id", "day"], unique=False)
    op.create_table(
        "asset",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("since_year", sa.Integer(), nullable=True),
        sa.Column("price_vnd", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.create_table(
        "library_team",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("school_id", "school_year"),
    )
    op.create_table(
        "meeting",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("what", sa.String(length=160), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("chair", sa.String(length=80), nullable=False),
        sa.Column("secretary", sa.String(length=80), nullable=False),
        sa.Column("present", sa.String(length=200), nullable=False),
        sa.Column("discussed", sa.Text(), nullable=False),
        sa.Column("decided", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.create_index("meetings_by_day", "meeting", ["school_id", "day"], unique=False)
    op.create_table(
        "year_plan",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.create_index("one_plan_per_year", "year_plan", ["school_id", "school_year"], unique=True)
    op.create_table(
        "activity_class",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("homeroom", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "activity_id"],
            ["activity.school_id", "activity.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "activity_id", "homeroom"),
    )
    op.create_table(
        "asset_count",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("worn", sa.Integer(), nullable=False),
        sa.Column("broken", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "asset_id"],
            ["asset.school_id", "asset.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "asset_id", "made_at"),
    )
    op.create_table(
        "duty_rota",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("patron_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("turn", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "patron_id"],
            ["patron.school_id", "patron.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "school_year", "patron_id", "weekday", "turn"),
    )
    op.create_index("duties_of_patron", "duty_rota", ["school_id", "patron_id"], unique=False)
    op.create_table(
        "plan_step",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "plan_id"],
            ["year_plan.school_id", "year_plan.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "plan_id", "position"),
    )
    op.create_table(
        "plan_task",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("how", sa.String(length=400), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.Column("approved", sa.JSON(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "plan_id"],
            ["year_plan.school_id", "year_plan.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "id"),
    )
    op.create_index("plan_tasks_of_plan", "plan_task", ["school_id", "plan_id"], unique=False)
    op.create_table(
        "team_member",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("patron_id", sa.Uuid(), nullable=False),
        sa.Column("homeroom", sa.String(length=16), nullable=False),
        sa.Column("office", sa.String(length=48), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "patron_id"],
            ["patron.school_id", "patron.id"],
        ),
        sa.PrimaryKeyConstraint("school_id", "school_year", "patron_id"),
    )
    op.create_index("teams_of_patron", "team_member", ["school_id", "patron_id"], unique=False)
    op.create_table(
        "year_remark",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("school_year", sa.String(length=9), nullable=False),
        sa.Column("part", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("school_id", "school_year", "part"),
    )


def downgrade() -> None:
    raise NotImplementedError(
        "what this version records has no place in the one before: restore the backup"
    )
