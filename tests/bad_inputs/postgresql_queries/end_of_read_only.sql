-- expected: (SQLSTATE 25001)
SELECT set_config('transaction_read_only', 'off', true) AS age FROM patients
