using Soket.Http;
using Soket.Protocols.Http1;

namespace Soket.Cli.Commands.Fetch;

/// <summary>What stands in heads and is nobody else's business: shown as ***, in every view and every file.</summary>
internal static class Secrets
{
    /// <summary>A field's value with what is secret in it covered: the scheme of credentials and the names of cookies stay.</summary>
    public static string Cover(HttpField field) => field.Name.ToUpperInvariant() switch
    {
        "AUTHORIZATION" or "PROXY-AUTHORIZATION" => field.Value.IndexOf(' ', StringComparison.Ordinal) is > 0 and int space ? $"{field.Value[..space]} {HttpSecrets.Mask}" : HttpSecrets.Mask,
        "COOKIE" => string.Join("; ", field.Value.Split(';').Select(CoverPair)),
        "SET-COOKIE" => field.Value.IndexOf(';', StringComparison.Ordinal) is >= 0 and int end ? CoverPair(field.Value[..end]) + field.Value[end..] : CoverPair(field.Value),
        _ => HttpSecrets.IsField(field.Name) ? HttpSecrets.Mask : HttpSecrets.Redact(field.Value), // Location and Referer hold URLs
    };

    private static string CoverPair(string pair)
    {
        int equals = pair.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? HttpSecrets.Mask : $"{pair[..equals].Trim()}={HttpSecrets.Mask}";
    }
}
