namespace Risotto.Listen;

/// <summary>Why a connection is not let in; the reasons of <c>risotto_refused_total{reason}</c>.</summary>
internal enum Refusal
{
    None,
    NotAllowed,
    MaxSessions,
    MaxSessionsPerSource,
}

internal static class Refusals
{
    private static readonly string[] Labels = ["", "not_allowed", "max_sessions", "max_sessions_per_source"];
    private static readonly string[] Texts = ["", "no --allow prefix covers it", "--bmp-max-sessions is reached", "--bmp-max-sessions-per-source is reached"];

    public static string Label(this Refusal refusal) => Labels[(int)refusal];

    public static string Text(this Refusal refusal) => Texts[(int)refusal];
}
