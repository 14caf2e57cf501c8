using System.Text;
using System.Text.Json;

namespace Soket.Cli.Rendering;

/// <summary>A message's bytes in a JSON record: <c>text</c> when they are UTF-8, else <c>base64</c>.</summary>
internal static class JsonBytes
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static void Write(Utf8JsonWriter writer, byte[] bytes)
    {
        try
        {
            writer.WriteString("text", Strict.GetString(bytes));
        }
        catch (DecoderFallbackException)
        {
            writer.WriteBase64String("base64", bytes);
        }
    }
}
