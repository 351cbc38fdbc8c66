-- How much faster than the clock limits run, as it was last said; without a row they run as they are written. Only the copy of a drill says so.
CREATE TABLE limit_pace (sequence BIGINT NOT NULL, pace DOUBLE NOT NULL);
