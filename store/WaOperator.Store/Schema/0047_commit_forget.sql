-- Only its trigger executes it: who puts it on a table of one's own could void the token of any shard.
revoke execute on function wa.commit_forget() from public;
