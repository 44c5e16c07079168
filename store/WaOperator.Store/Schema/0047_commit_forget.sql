-- Only its trigger executes it: whoever may put it on a table of their own could void the token of any shard.
revoke execute on function wa.commit_forget() from public;
