namespace Soket.Services;

/// <summary>How the process service writes its results.</summary>
public enum ReplyFormat
{
    /// <summary>As the lab writes them, one line: <c>IPIN | 4 | 2025-04-10 10:20:12 | Data telah diproses</c>.</summary>
    Text,

    /// <summary>As a JSON object with a field for each.</summary>
    Json,
}
