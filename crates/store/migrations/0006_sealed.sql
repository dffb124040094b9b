-- What a sealed file held before it was sealed: category keys with blanks between, as the last scan found
-- them. After a breach the question is what was in there, and nobody can look any more.
ALTER TABLE protections ADD COLUMN holds TEXT NOT NULL DEFAULT '';
