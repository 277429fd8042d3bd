-- expected: sqlite.query cannot be run: no such table: visits
SELECT * FROM visits
