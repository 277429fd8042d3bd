-- expected: which is not allowed
SELECT name AS age, type AS pain, pk AS ill FROM pragma_table_info('patients')
