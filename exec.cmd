@rem What `exec` in the scripts of package.json means to the shell of Windows, which has no such command.
@%*
