-- expected: has parameters ($1) (SQLSTATE 08P01)
SELECT * FROM patients WHERE age > $1
