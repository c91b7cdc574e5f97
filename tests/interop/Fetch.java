/* SPDX-License-Identifier: GPL-3.0-or-later */
import java.net.URI;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLHandshakeException;

/* Fetch URL: "accepted", or "refused" and Java's reason. */
final class Fetch {
	private Fetch() {
	}

	public static void main(String[] args) throws Exception {
		HttpsURLConnection connection =
		    (HttpsURLConnection) URI.create(args[0]).toURL().openConnection();
		try {
			connection.getResponseCode();
			System.out.println("accepted");
		} catch (SSLHandshakeException e) {
			System.out.println("refused " + e.getMessage());
		}
	}
}
