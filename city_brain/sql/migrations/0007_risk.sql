-- One row per cell, kind and horizon of an issued forecast: expected cases, what they are made of, and what the plain count of all history
-- expects. `kind` is '' for all kinds together; cells of next to nothing are not listed (see `risk_choice`).
CREATE TABLE risk_forecast (
    sequence BIGINT NOT NULL, issued_at TIMESTAMPTZ NOT NULL, from_day DATE NOT NULL, horizon_days INTEGER NOT NULL, kind TEXT NOT NULL,
    cell_x INTEGER NOT NULL, cell_y INTEGER NOT NULL, expected DOUBLE NOT NULL, own_long DOUBLE NOT NULL, near_long DOUBLE NOT NULL,
    own_recent DOUBLE NOT NULL, near_recent DOUBLE NOT NULL, other_kinds DOUBLE NOT NULL, background DOUBLE NOT NULL,
    calendar DOUBLE NOT NULL, all_history DOUBLE NOT NULL
);

-- One row per kind and horizon of an issue: which model serves, by how much it beat the plain count on the windows it was tried on, and the
-- expected cases of the cells that are not listed; `predicted` and `observed` are the reliability of those windows by tenths of the foreseen mass.
CREATE TABLE risk_choice (
    sequence BIGINT NOT NULL, issued_at TIMESTAMPTZ NOT NULL, from_day DATE NOT NULL, horizon_days INTEGER NOT NULL, kind TEXT NOT NULL,
    model TEXT NOT NULL, weight_all_history DOUBLE NOT NULL, weight_mixture DOUBLE NOT NULL, weight_boosting DOUBLE NOT NULL,
    windows INTEGER NOT NULL, events BIGINT NOT NULL, gain DOUBLE, gain_low DOUBLE, gain_high DOUBLE,
    hit_rate_1 DOUBLE, hit_rate_5 DOUBLE, hit_rate_10 DOUBLE, pai_1 DOUBLE, pei_1 DOUBLE, information_gain DOUBLE, deviance DOUBLE,
    top_decile_ratio DOUBLE, baseline_hit_rate_1 DOUBLE, baseline_hit_rate_5 DOUBLE, baseline_hit_rate_10 DOUBLE, baseline_pai_1 DOUBLE,
    baseline_pei_1 DOUBLE, baseline_information_gain DOUBLE, baseline_deviance DOUBLE, baseline_top_decile_ratio DOUBLE,
    predicted DOUBLE[], observed DOUBLE[],
    expected DOUBLE NOT NULL, rest_expected DOUBLE NOT NULL, rest_all_history DOUBLE NOT NULL, rest_cells BIGINT NOT NULL
);

-- One row per issue: how it was made.
CREATE TABLE risk_issue (
    sequence BIGINT NOT NULL, issued_at TIMESTAMPTZ NOT NULL, from_day DATE NOT NULL, version TEXT NOT NULL, seconds DOUBLE NOT NULL,
    events BIGINT NOT NULL, cells BIGINT NOT NULL, guards TEXT NOT NULL, checksum TEXT NOT NULL
);

-- One row per chronic address of an issue: where one kind is reported again and again.
CREATE TABLE risk_chronic (sequence BIGINT NOT NULL, lon DOUBLE NOT NULL, lat DOUBLE NOT NULL, kind TEXT NOT NULL, events BIGINT NOT NULL);

-- One row per kind and horizon of an issue whose days are over: the sums of its scores (`sums`) and of the plain count's (`plain_sums`), as
-- `analytics.forecast.scores` names them, and its reliability by tenths of the foreseen mass.
CREATE TABLE risk_score (
    sequence BIGINT NOT NULL, scored_at TIMESTAMPTZ NOT NULL, from_day DATE NOT NULL, horizon_days INTEGER NOT NULL, kind TEXT NOT NULL,
    sums DOUBLE[] NOT NULL, plain_sums DOUBLE[] NOT NULL, predicted DOUBLE[] NOT NULL, observed DOUBLE[] NOT NULL
);

-- The thresholds between the classes of risk, as set: expected cases per cell and week from which each begins.
CREATE TABLE risk_class (
    sequence BIGINT NOT NULL, set_at TIMESTAMPTZ NOT NULL, set_by TEXT NOT NULL, name TEXT NOT NULL, least DOUBLE NOT NULL, reason TEXT NOT NULL
);

-- One row per day for which clusters and outbreaks were looked for: how many alarms rang.
CREATE TABLE outbreak_look (sequence BIGINT NOT NULL, looked_at TIMESTAMPTZ NOT NULL, day DATE NOT NULL, rang BIGINT NOT NULL);

-- A kind of matter as forecasts tell it apart: the kinds of `apart`, among them 'unknown'; the rest is 'other'.
CREATE MACRO forecast_kind(kind, apart) AS
    CASE WHEN list_contains(apart, coalesce(nullif(kind, ''), 'unknown')) THEN coalesce(nullif(kind, ''), 'unknown') ELSE 'other' END;
