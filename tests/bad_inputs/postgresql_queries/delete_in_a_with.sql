-- expected: asks for what a query that only reads cannot have (SQLSTATE 0A000
WITH gone AS (DELETE FROM patients RETURNING *) SELECT * FROM gone
