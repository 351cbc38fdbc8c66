-- name: forget_weights
-- Weights about to be set anew.
DELETE FROM score_weight;

-- name: keep_weights
-- What counts how much in the composite score.
INSERT INTO score_weight BY NAME FROM given;
