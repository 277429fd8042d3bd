-- expected: (SQLSTATE 42501)
SELECT set_config('role', 'owner', true) AS age FROM patients
