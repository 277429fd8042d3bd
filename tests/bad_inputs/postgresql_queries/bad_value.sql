-- expected: failed on a value while it ran
SELECT CAST(pain AS integer) AS age FROM patients
