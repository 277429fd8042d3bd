-- expected: may not; GRANT SELECT
SELECT * FROM secrets
