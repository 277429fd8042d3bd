-- expected: may not; GRANT SELECT
SELECT lo_export(1, '/tmp/stolen') AS age
