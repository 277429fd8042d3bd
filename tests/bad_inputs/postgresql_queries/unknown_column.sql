-- expected: names a column that is not there
SELECT agee FROM patients
