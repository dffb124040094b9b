-- Where the source of a hold was when it was placed: under its name another may stand by now.
ALTER TABLE retain_holds ADD COLUMN address TEXT;
