-- expected: may not; GRANT SELECT
SELECT pg_read_file('/etc/passwd') AS age
