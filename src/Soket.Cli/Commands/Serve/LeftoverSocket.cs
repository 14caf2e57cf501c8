namespace Soket.Cli.Commands.Serve;

/// <summary>
/// The file of a Unix socket that may be removed, as it was when somebody began to look at it. Between that look and the removal another server may
/// have put its own in its place: that one is left alone.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class LeftoverSocket(string path)
{
    // A rename keeps it, and a socket that was bound since has another.
    private readonly DateTime _made = new FileInfo(path).LastWriteTimeUtc;

    /// <summary>Removes the file, if it is still the one that was looked at.</summary>
    /// <returns>Whether it was removed.</returns>
    public bool TryRemove()
    {
        // Put aside first, which only one of two servers that start at once can do: whatever is removed then is what was compared.
        string aside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, ".soket-" + Guid.NewGuid().ToString("N"));
        try
        {
            File.Move(path, aside);
            if (new FileInfo(aside).LastWriteTimeUtc == _made)
            {
                File.Delete(aside);
                return true;
            }

            File.Move(aside, path);
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return !Path.Exists(path); // Another one was faster, or it may not be removed: then it is still in the way.
        }
    }
}
