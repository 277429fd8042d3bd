-- expected: may not; GRANT SELECT
SELECT pg_ls_dir('/') AS age
